module.exports = {
  require: ['tsx/cjs', './test/support/rejections.ts'],
  extension: ['ts'],
  spec: ['test/redis/*.spec.ts'],
  timeout: 120000,
  exit: false,
};
