// The limit of node:http: it reads a request and answers fixed bytes.
//
//   node bare-http.mjs BODY
import { createServer } from 'node:http';

const body = Buffer.from(process.argv[2]);

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'Content-Type': 'text/xml', 'Content-Length': body.length });
    response.end(body);
  });
});

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/database`));
