import { expect } from 'chai';
import { rpcCall } from '../../support/command.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { suiteGateway } from '../../support/suite-gateway.js';

/** All bytes, as a dump writes them. */
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  .toString('latin1')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are escaped
  .replace(/[\0\n\r\\'"\u001a]/g, (c) => `\\${({ '\0': '0', '\n': 'n', '\r': 'r', '\u001a': 'Z' })[c] ?? c}`);

/** What mysqldump and mariadb-dump write, a character for each byte. */
const DUMP = `/*M!999999\\- enable the sandbox mode */ 
-- MariaDB dump 10.19, of caf\xe9
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
DROP TABLE IF EXISTS \`dumped\`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE \`dumped\` (
  \`id\` int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  \`x\` longblob,
  \`f\` binary(3) DEFAULT '\xff\\0A',
  \`b\` bit(9) DEFAULT NULL,
  \`g\` geometry DEFAULT NULL,
  \`t\` text CHARACTER SET utf8mb4 COMMENT 'it''s 50%;'
) ENGINE=InnoDB;
LOCK TABLES \`dumped\` WRITE;
/*!40000 ALTER TABLE \`dumped\` DISABLE KEYS */;
INSERT INTO \`dumped\` VALUES
(0,'${BYTES}','\xff\\0A','\\0','\\0\\0\\0\\0\x01\x01\\0\\0\\0\\0\\0\\0\\0\\0\\0\xf0?\\0\\0\\0\\0\\0\\0\\0@','\xc3\xa9 \\'%s\x0b'),
(2,_binary '${BYTES.repeat(8)}',_binary '\xfe\\\xfe\\0',_binary '\x01\xff',NULL,''),(3,_binary 'f','',NULL,NULL,'\xf0\x9f\x98\x80');
UNLOCK TABLES;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=CURRENT_USER*/ /*!50003 TRIGGER \`dumped_tr\` BEFORE INSERT ON \`dumped\` FOR EACH ROW
begin /* it's; */ set new.t = concat(new.t, '*/;;\xc3\xa9'); end */;;
DELIMITER ;
INSERT INTO dumped (t) VALUES ('t');
/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
`;

describe('bin/rpc-call with a dump', () => {
  const gateway = suiteGateway();
  const folder = new SuiteFolder();

  const run = async (bytes: string) => {
    const file = await folder.write('dump.sql', Buffer.from(bytes, 'latin1'));
    return rpcCall([gateway.url, '--file', file]);
  };

  it('keeps all its bytes', async () => {
    const { status, stderr } = await run(DUMP);
    expect([status, stderr.replace(/^Query OK.*\n/gm, '')]).to.deep.equal([0, '']);
    const query = 'select id, hex(x), hex(f), b + 0, st_astext(g), hex(t) from dumped order by id';
    const all = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase();
    expect(await gateway.execute(query)).to.deep.equal([
      [0, all, 'FF0041', 0, 'POINT(1 2)', 'C3A92027 25730B'.replace(' ', '')],
      [2, all.repeat(8), 'FEFE00', 511, null, ''],
      [3, '66', '000000', null, null, 'F09F9880'],
      [4, null, 'FF0041', null, null, '742A2F3B3BC3A9'],
    ]);
  });

  it('tells the line that it cannot read, and what helps', async () => {
    expect(await run("select 1;\n\n-- a\nselect 'a\n', caf\xe9;\n")).to.deep.include({
      status: 2,
      stderr: `rpc-call: ${folder.file('dump.sql')}: line 5: not UTF-8: convert the file to UTF-8\n`,
    });
    const latin1 =
      '/*!40101 SET NAMES latin1 */; set @saved_cs_client = @@character_set_client;\n' +
      "SET character_set_client = utf8; create temporary table saved as select '\xff';\n" +
      "SET character_set_client = @saved_cs_client; set @a = _binary '\xff'; drop table saved;\n" +
      "create table saved as\nselect 'caf\xe9';\n";
    const { status, stderr } = await run(latin1);
    expect([status, stderr.replace(/^Query OK.*\n/gm, '')]).to.deep.equal([
      2,
      `rpc-call: ${folder.file('dump.sql')}: line 5: not UTF-8, but latin1: write the dump with ` +
        '--default-character-set=utf8mb4\n',
    ]);
    expect((await run('\xff\xfes\0')).stderr).to.match(/: UTF-16: convert it to UTF-8\n$/);
  });

  it('reads a file that begins with a byte order mark', async () => {
    expect((await run('\xef\xbb\xbfselect 5')).stdout).to.equal('5\n5\n');
  });
});
