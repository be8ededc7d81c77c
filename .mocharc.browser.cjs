module.exports = {
  require: ['tsx/cjs'],
  extension: ['ts'],
  spec: ['test/browser/**/*.spec.ts'],
  timeout: 120000,
  exit: false,
};
