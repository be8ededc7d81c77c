module.exports = {
  require: ['tsx/cjs'],
  extension: ['ts'],
  spec: ['test/**/*.spec.ts'],
  ignore: ['test/long/**', 'test/compat/**', 'test/browser/**', 'test/redis/**'],
  timeout: 20000,
  exit: false,
};
