// The limit of reading rows: mysql2 gives each as an array, and nobody does anything with it.
//
//   node mysql2-drain.mjs SOCKET DATABASE QUERY
//
// Prints rows a second: the median of three runs, after one that warms up.
import mysql from 'mysql2';

const [, , socketPath, database, query] = process.argv;
const connection = mysql.createConnection({ socketPath, database, user: 'root', supportBigNumbers: true });

function drain() {
  const started = performance.now();
  let count = 0;
  return new Promise((resolve, reject) => {
    connection
      .query({ sql: query, rowsAsArray: true })
      .on('result', () => count++)
      .on('error', reject)
      .on('end', () => resolve(count / ((performance.now() - started) / 1000)));
  });
}

await drain();
const rates = [await drain(), await drain(), await drain()].sort((a, b) => a - b);
console.log(rates[1]);
connection.end();
