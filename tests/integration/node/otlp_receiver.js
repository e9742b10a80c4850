// SPDX-License-Identifier: Apache-2.0
// Receives spans as a collector does and says what came, one JSON line for each request: `otlp_receiver.js http|grpc [HOW]`, `otlp_receiver.js https HOW CERTIFICATE KEY`.
// The messages are read by OpenTelemetry's own package for JavaScript. HOW is what it does with requests: `take` (the default),
// `busy` (503 or UNAVAILABLE to the first two, then it takes them), `later` (429 with Retry-After: 1 to the first, then it takes them),
// `refuse` (400, INVALID_ARGUMENT), `partial` (rejects one span of each), `hang` (never answers).
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const path = require('path');
const zlib = require('zlib');
const grpc = require('@grpc/grpc-js');

const [protocol, how = 'take', certificate, key] = process.argv.slice(2);
const generated = path.join(path.dirname(require.resolve('@opentelemetry/otlp-transformer')), 'generated', 'root.js');
const messages = require(generated).opentelemetry.proto.collector.trace.v1;

let requests = 0;

const plain = value => value === null || typeof value !== 'object' ? value
  : Buffer.isBuffer(value) || value instanceof Uint8Array ? Buffer.from(value).toString('hex')
  : Array.isArray(value) ? value.map(plain)
  : Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, plain(entry)]));

function say(bytes, headers) {
  const request = messages.ExportTraceServiceRequest.decode(bytes);
  const object = messages.ExportTraceServiceRequest.toObject(request, { longs: String, enums: String, oneofs: false });
  process.stdout.write(JSON.stringify({ headers, at: Date.now(), resourceSpans: plain(object.resourceSpans ?? []) }) + '\n');
}

const answer = () => Buffer.from(messages.ExportTraceServiceResponse.encode(
  how === 'partial' ? { partialSuccess: { rejectedSpans: 1, errorMessage: 'one too many' } } : {}).finish());

function serveHttp() {
  const serve = (request, response) => {
    const parts = [];
    request.on('data', part => parts.push(part));
    request.on('end', () => {
      requests++;
      if (how === 'hang') return;
      if (how === 'refuse') return response.writeHead(400).end();
      if (how === 'busy' && requests <= 2) return response.writeHead(503).end();
      if (how === 'later' && requests === 1) {
        process.stdout.write(JSON.stringify({ refusedAt: Date.now() }) + '\n');
        return response.writeHead(429, { 'Retry-After': '1' }).end();
      }
      const body = Buffer.concat(parts);
      say(request.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(body) : body,
        { ...request.headers, ':path': request.url, ':method': request.method });
      response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end(answer());
    });
  };
  const server = protocol === 'https'
    ? https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key), ca: fs.readFileSync(certificate), requestCert: true, rejectUnauthorized: true }, serve)
    : http.createServer(serve);
  server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
}

function serveGrpc() {
  const bytes = value => value;
  const server = new grpc.Server();
  server.addService({
    Export: {
      path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export', requestStream: false, responseStream: false,
      requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes,
    },
  }, {
    Export: (call, done) => {
      requests++;
      if (how === 'hang') return;
      if (how === 'refuse') return done({ code: grpc.status.INVALID_ARGUMENT, details: 'no' });
      if (how === 'busy' && requests <= 2) return done({ code: grpc.status.UNAVAILABLE, details: 'busy' });
      say(call.request, call.metadata.getMap());
      done(null, answer());
    },
  });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    console.log('port ' + port);
  });
}

(protocol === 'grpc' ? serveGrpc : serveHttp)();
