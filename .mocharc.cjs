// The specs of one server run in sequence, because they change accounts and variables of the server.
const sharedServer = Boolean(process.env.NETSVC_TEST_DATABASE);

module.exports = {
  // Those that wait for processes begin, so that none of them is still running when all others have ended.
  spec: [
    'build/spec/@(clients|reliability|server)/**/*.spec.js',
    'build/spec/!(clients|reliability|server)/**/*.spec.js',
    'build/spec/*.spec.js',
  ],
  // npm run distributed
  ignore: 'build/spec/distributed/**',
  require: 'build/spec/support/mariadb.js',
  'forbid-only': true,
  timeout: 30_000,
  // Of each worker: more threads only take turns on the processors that all workers use, and with a larger young
  // generation fewer objects are copied.
  'node-option': ['single-threaded', 'min-semi-space-size=32', 'max-semi-space-size=64'],
  parallel: !sharedServer,
  jobs: 4,
};
