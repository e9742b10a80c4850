// SPDX-License-Identifier: Apache-2.0
// tls_numbers.js PORTS CONNECTIONS REQUESTS: many TLS connections, whose ciphertext goes through Node's own memory BIOs.
// Each has a number, which stands with its server's port in every request. Waits for a line before it goes on from the first
// request on every connection ("ready") to the others.
'use strict';
const tls = require('tls');
const ports = process.argv[2].split(',').map(Number);
const connections = Number(process.argv[3]);
const requests = Number(process.argv[4]);

class Connection {
  constructor(number) {
    this.number = number;
    this.port = ports[number % ports.length];
    this.text = '';
    this.socket = tls.connect({ port: this.port, host: '127.0.0.1', rejectUnauthorized: false });
    this.socket.setEncoding('latin1');
    this.socket.on('error', (error) => { throw error; });
    this.socket.on('data', (text) => {
      this.text += text;
      const end = this.text.indexOf('\r\n\r\n');
      const length = end < 0 ? null : /content-length: (\d+)/i.exec(this.text.slice(0, end));
      if (length && this.text.length >= end + 4 + Number(length[1])) {
        const body = this.text.slice(end + 4, end + 4 + Number(length[1]));
        if (body !== this.expected) throw new Error(`got ${body}, not ${this.expected}`);
        this.text = '';
        this.answered();
      }
    });
  }

  ask(request) {
    return new Promise((resolve) => {
      const path = `/${this.port}/${this.number}/${request}`;
      this.expected = `${this.port} ${path}`;
      this.answered = resolve;
      this.socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    });
  }

  async run() {
    for (let request = 1; request <= requests; request++) {
      await new Promise((resolve) => { setTimeout(resolve, Math.random() * 5); });
      await this.ask(request);
    }
    await new Promise((resolve) => { this.socket.end(resolve); });
  }
}

async function main() {
  const all = Array.from({ length: connections }, (_, number) => new Connection(number));
  await Promise.all(all.map((x) => x.ask(0)));
  console.log('ready');
  await new Promise((resolve) => { process.stdin.once('data', resolve); });
  process.stdin.unref();
  await Promise.all(all.map((x) => x.run()));
  process.exit(0);
}

main();
