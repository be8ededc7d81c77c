module.exports = {
  require: ['tsx/cjs', './test/support/rejections.ts'],
  extension: ['ts'],
  spec: ['test/**/*.spec.ts'],
  ignore: ['test/long/**', 'test/compat/**', 'test/browser/**', 'test/redis/*.spec.ts'],
  timeout: 20000,
  exit: false,
};
