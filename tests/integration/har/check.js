// SPDX-License-Identifier: Apache-2.0
// Checks HTTP archives as others read it: the schema of HAR 1.2 (har-schema, by har-validator), and what a schema can't say:
// times that add up, bodies that are as long as they say. Prints the number of entries of each file.
'use strict';
const fs = require('fs');
const validate = require('har-validator');

function fail(text) {
  console.error(text);
  process.exit(1);
}

for (const file of process.argv.slice(2)) {
  const archive = JSON.parse(fs.readFileSync(file, 'utf8'));
  validate.har(archive).then(() => {
    archive.log.entries.forEach((entry, n) => {
      const where = `${file}: entry ${n} (${entry.request.method} ${entry.request.url})`;
      new URL(entry.request.url); // throws when no browser could show it
      if (Number.isNaN(Date.parse(entry.startedDateTime))) fail(`${where}: startedDateTime ${entry.startedDateTime}`);
      // "time" is the sum of all timings that are not -1 (HAR 1.2, "timings"); ssl is part of connect.
      const sum = ['blocked', 'dns', 'connect', 'send', 'wait', 'receive']
        .map((name) => entry.timings[name]).filter((value) => value !== undefined && value !== -1)
        .reduce((a, b) => a + b, 0);
      if (Math.abs(sum - entry.time) > 1e-6) fail(`${where}: time ${entry.time}, timings ${JSON.stringify(entry.timings)}`);
      for (const name of ['send', 'wait', 'receive'])
        if (!(entry.timings[name] >= 0)) fail(`${where}: ${name} is required and not -1`);
      const { content } = entry.response;
      if (content.text !== undefined && content.comment === undefined) {
        const length = Buffer.from(content.text, content.encoding === 'base64' ? 'base64' : 'utf8').length;
        if (length !== content.size) fail(`${where}: content has ${length} bytes and says ${content.size}`);
      }
    });
    console.log(archive.log.entries.length);
  }, (error) => fail(`${file}: ${JSON.stringify(error.errors || String(error), null, 1)}`));
}
