module.exports = {
  require: ['tsx/cjs'],
  extension: ['ts'],
  spec: ['test/redis/**/*.spec.ts'],
  ignore: ['test/redis/cluster.spec.ts'],
  timeout: 120000,
  exit: false,
};
