module.exports = {
  require: ['tsx/cjs'],
  extension: ['ts'],
  spec: ['test/long/**/*.spec.ts'],
  timeout: 600000,
  exit: false,
};
