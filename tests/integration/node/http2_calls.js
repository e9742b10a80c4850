// SPDX-License-Identifier: Apache-2.0
// Requests of HTTP/2 of every kind, in the clear. `server` serves them and says its port; `client PORT COUNT` makes COUNT
// rounds over one connection, many at once, and then says of each request, one JSON line each, what came of it.
'use strict';
const http2 = require('http2');

function serve() {
  const server = http2.createServer();
  server.on('stream', (stream, headers) => {
    const url = new URL(headers[':path'], 'http://localhost');
    const n = Number(url.searchParams.get('n'));
    stream.on('error', () => { });
    switch (url.pathname) {
      case '/text':
        stream.respond({ ':status': 200, 'content-type': 'text/plain', 'x-number': `${n}` });
        stream.end('x'.repeat(n % 300));
        break;
      case '/large':
        stream.respond({ ':status': 200 });
        stream.end(Buffer.alloc(50000 + n));
        break;
      case '/echo': {
        let size = 0;
        stream.on('data', data => { size += data.length; });
        stream.on('end', () => {
          stream.respond({ ':status': 201 });
          stream.end(Buffer.alloc(size));
        });
        break;
      }
      case '/trailers':
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': `${n}` }));
        stream.end('trailers follow');
        break;
      case '/hints':
        stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' });
        stream.respond({ ':status': 204 }, { endStream: true });
        break;
      case '/early':
        stream.respond({ ':status': 413 });
        stream.end('too much');
        break;
      case '/reset':
        stream.respond({ ':status': 200 });
        stream.write('some', () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
        break;
      default:
        stream.respond({ ':status': 404 }, { endStream: true });
    }
  });
  server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
}

async function requestAll(port, count) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const journal = [];
  const one = (path, n) => new Promise(resolve => {
    const entry = { method: 'GET', uri: `${path}?n=${n}`, sent: 0, received: 0, status: null, interim: 0, reset: null };
    journal.push(entry);
    const withBody = path === '/echo' || path === '/early';
    entry.method = withBody ? 'POST' : 'GET';
    const stream = session.request({ ':method': entry.method, ':path': entry.uri, 'x-round': `${n % 7}` }, { endStream: !withBody });
    stream.on('headers', () => { entry.interim++; });
    stream.on('response', headers => { entry.status = headers[':status']; });
    stream.on('data', data => { entry.received += data.length; });
    stream.on('error', () => { });
    stream.on('close', () => {
      entry.reset = stream.rstCode || null;
      resolve();
    });
    if (withBody) {
      const body = Buffer.alloc(n * 100 % 70000);
      entry.sent = body.length;
      stream.end(body);
    }
  });
  const paths = ['/text', '/large', '/echo', '/trailers', '/hints', '/early', '/reset', '/missing'];
  for (let n = 0; n < count; n += 10) {
    const requests = [];
    for (let i = n; i < n + 10; i++) {
      for (const path of paths) {
        requests.push(one(path, i));
      }
    }
    await Promise.all(requests);
  }
  session.close();
  for (const entry of journal) {
    console.log(JSON.stringify(entry));
  }
}

if (process.argv[2] === 'server') {
  serve();
} else {
  requestAll(process.argv[3], Number(process.argv[4]));
}
