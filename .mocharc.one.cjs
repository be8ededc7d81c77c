// For the files that are named: mocha adds those of a configuration's `spec` to them.
module.exports = { ...require('./.mocharc.cjs') };
delete module.exports.spec;
delete module.exports.ignore;
