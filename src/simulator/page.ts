export const PAGE = `<!doctype html><title>SMPP simulator</title>`;
