module.exports = {
  require: ['tsx/cjs', './test/support/rejections.ts'],
  extension: ['ts'],
  spec: ['test/browser/**/*.spec.ts'],
  timeout: 120000,
  exit: false,
};
