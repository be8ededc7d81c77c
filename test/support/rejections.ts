// A rejection that nobody handles ends Node-RED; mocha would let it pass. Thrown, it fails the test under way.
process.on('unhandledRejection', (reason) => {
  throw reason;
});
