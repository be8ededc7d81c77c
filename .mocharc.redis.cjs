module.exports = {
  require: ['tsx/cjs'],
  extension: ['ts'],
  spec: ['test/redis/**/*.spec.ts'],
  timeout: 120000,
  exit: false,
};
