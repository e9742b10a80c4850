// SPDX-License-Identifier: Apache-2.0
// Node's http and http2, server and client: node_http.js (see README.md).
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const http2 = require('node:http2');

const say = (entry) => console.log(JSON.stringify(entry));
// Large bodies go in pieces, each when the one before is on its way.
const Piece = 65536;
function inPieces(size, letter, write, then) {
  if (size > 0) write(Buffer.alloc(Math.min(size, Piece), letter), () => inPieces(size - Piece, letter, write, then));
  else then();
}

const fields = (headers) => Object.fromEntries(Object.entries(headers || {}).filter(([name]) => !name.startsWith(':')));

function handle(request, response) {
  const url = new URL(request.url, 'http://localhost');
  const n = Number(url.searchParams.get('n'));
  const [, what, argument] = url.pathname.split('/');
  const entry = {
    n, method: request.method, uri: request.url, status: null, sent: 0, received: 0, number: request.headers['x-number'] ?? null,
    trailers: null, port: request.socket.remotePort, error: null,
  };
  const isHead = request.method === 'HEAD';
  const write = (data) => {
    entry.sent += isHead ? 0 : data.length;
    return response.write(data);
  };
  const head = (status, headers) => {
    entry.status = status;
    response.writeHead(status, { 'X-Number': `${n}`, ...headers });
  };
  const answer = (status, text) => {
    head(status, { 'Content-Length': text.length });
    if (text.length > 0) write(text);
    response.end();
  };
  let isOver = false;
  const over = () => {
    if (!isOver) {
      isOver = true;
      say({ ...entry, trailers: fields(request.trailers), error: what === 'slow' ? 'aborted' : null });
    }
  };
  request.on('error', () => { });
  response.on('error', () => { });
  response.on('finish', over);
  response.on('close', over);
  const whole = (then) => {
    request.on('data', (data) => { entry.received += data.length; });
    request.on('end', then);
  };
  switch (what) {
    case 'body':
      whole(() => {
        head(200, { 'Content-Length': argument });
        inPieces(isHead ? 0 : Number(argument), 'b', (piece, then) => { entry.sent += piece.length; response.write(piece, then); }, () => response.end());
      });
      break;
    case 'chunked':
      whole(() => {
        head(200, { Trailer: 'X-Sum' });
        for (let left = Number(argument); left > 0; left -= 1000) write(Buffer.alloc(Math.min(left, 1000), 'c'));
        response.addTrailers({ 'X-Sum': `${n}` });
        response.end();
      });
      break;
    case 'status':
      whole(() => {
        if (argument === '204' || argument === '304') {
          head(Number(argument), {});
          response.end();
        } else {
          answer(Number(argument), `status ${argument}`);
        }
      });
      break;
    case 'upload':
      whole(() => answer(200, `${entry.received} bytes`));
      break;
    case 'hints':
      whole(() => {
        response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
        answer(200, 'hints');
      });
      break;
    case 'early':
      if (request.httpVersionMajor === 1) response.shouldKeepAlive = false;
      answer(413, 'too much');
      break;
    case 'slow':
      head(200, {});
      write(Buffer.alloc(100, 's'));
      break;
    default:
      whole(() => answer(404, 'nothing here'));
  }
}

function serve(version, cert, key) {
  const tls = cert ? { cert: fs.readFileSync(cert), key: fs.readFileSync(key) } : null;
  const make = version === '2' ? (tls ? http2.createSecureServer : http2.createServer) : (tls ? https.createServer : http.createServer);
  const server = make(tls || {}, handle);
  server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
}

const newEntry = (step) => ({
  n: step.n, method: step.method, uri: step.path, status: null, sent: 0, received: 0, number: null, trailers: null, error: null,
});

function http1Client(url, ca) {
  const module = url.startsWith('https') ? https : http;
  const agent = new module.Agent({ keepAlive: true, maxSockets: 8, ca });
  const base = new URL(url);
  return {
    one: (step) => new Promise((resolve) => {
      const entry = newEntry(step);
      const done = (error) => { entry.error = entry.error ?? error; resolve(entry); };
      const headers = { 'X-Number': `${step.n}` };
      if (step.body !== null && !step.chunked) headers['Content-Length'] = step.body;
      if (step.chunked) headers['Transfer-Encoding'] = 'chunked';
      if (step.expect) headers.Expect = '100-continue';
      if (step.trailers) headers.Trailer = 'X-Total';
      if (step.close) headers.Connection = 'close';
      const request = module.request({ host: base.hostname, port: base.port, path: step.path, method: step.method, headers, agent });
      request.on('response', (response) => {
        entry.status = response.statusCode;
        entry.number = response.headers['x-number'] ?? null;
        response.on('data', (data) => {
          entry.received += data.length;
          if (step.abort && entry.received >= 100) request.destroy();
        });
        response.on('end', () => { entry.trailers = fields(response.trailers); done(null); });
        response.on('error', () => done('aborted'));
      });
      request.on('error', (error) => done(error.code));
      const send = () => {
        if (step.body !== null) {
          entry.sent = step.body;
          for (let left = step.body; left > 0; left -= 1000) {
            request.write(Buffer.alloc(step.chunked ? Math.min(left, 1000) : step.body, 'u'));
            if (!step.chunked) break;
          }
        }
        if (step.trailers) request.addTrailers({ 'X-Total': `${step.n}` });
        request.end();
      };
      if (step.expect) {
        request.on('continue', send);
        request.flushHeaders();
      } else {
        send();
      }
    }),
    close: () => agent.destroy(),
  };
}

function http2Client(url, ca) {
  const session = http2.connect(url, { ca });
  return {
    one: (step) => new Promise((resolve) => {
      const entry = newEntry(step);
      const headers = { ':method': step.method, ':path': step.path, 'x-number': `${step.n}` };
      if (step.body !== null && !step.chunked) headers['content-length'] = step.body;
      if (step.expect) headers.expect = '100-continue';
      if (step.trailers) headers.trailer = 'x-total';
      const stream = session.request(headers, { endStream: step.body === null, waitForTrailers: step.trailers });
      stream.on('response', (response) => { entry.status = response[':status']; entry.number = response['x-number'] ?? null; });
      stream.on('trailers', (trailers) => { entry.trailers = fields(trailers); });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-total': `${step.n}` }));
      stream.on('data', (data) => {
        entry.received += data.length;
        if (step.abort && entry.received >= 100) stream.close(http2.constants.NGHTTP2_CANCEL);
      });
      stream.on('error', () => { });
      stream.on('close', () => {
        entry.trailers = entry.trailers ?? {};
        entry.error = stream.rstCode ? `reset ${stream.rstCode}` : null;
        resolve(entry);
      });
      if (step.body !== null) {
        const send = () => { entry.sent = step.body; inPieces(step.body, 'u', (piece, then) => stream.write(piece, then), () => stream.end()); };
        if (step.expect) stream.on('continue', send);
        else send();
      }
    }),
    close: () => session.close(),
  };
}

async function request(version, url, path, caPath) {
  const ca = caPath ? fs.readFileSync(caPath) : undefined;
  const client = version === '2' ? http2Client(url, ca) : http1Client(url, ca);
  const steps = fs.readFileSync(path, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  for (const group of new Set(steps.map((step) => step.group))) {
    const entries = await Promise.all(steps.filter((step) => step.group === group).map((step) => client.one(step)));
    entries.forEach(say);
  }
  client.close();
}

const [role, version, ...rest] = process.argv.slice(2);
if (role === 'server') serve(version, ...rest);
else request(version, ...rest).catch((failure) => { console.error(failure); process.exit(1); });
