/** Types and style side by side: each keeps one core busy. What a check says is printed once it has failed. */
import { spawn } from 'node:child_process';

function run(check) {
  return new Promise((resolve) => {
    const child = spawn(`npm run ${check}`, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    child.once('close', (code) => {
      console.log(code === 0 ? `ok: ${check}` : `${said}\nfailed: ${check}`);
      if (code !== 0) process.exitCode = 1;
      resolve();
    });
  });
}

await Promise.all(['typecheck', 'lint'].map(run));
