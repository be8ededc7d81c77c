module.exports = {
  require: ['tsx/cjs', './test/support/rejections.ts'],
  extension: ['ts'],
  spec: ['test/long/**/*.spec.ts'],
  timeout: 600000,
  exit: false,
};
