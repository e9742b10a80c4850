// SPDX-License-Identifier: Apache-2.0
// The client in JavaScript, Node's mysql2: mysql2_client.js HOST PORT USER PASSWORD DATABASE CONVERSATION (see README.md).
'use strict';
const fs = require('node:fs');
const mysql = require('mysql2/promise');

const escapes = { t: '\t', n: '\n', '\\': '\\', 0: '\0' };
const unescape = (text) => text.replace(/\\(.)/gs, (_, char) => escapes[char]);

function value(text) {
  const rest = text.slice(2);
  switch (text[0]) {
    case 'n': return null;
    case 'i': return Number.isSafeInteger(Number(rest)) ? Number(rest) : BigInt(rest);
    case 'u': return Number.isSafeInteger(Number(rest)) ? Number(rest) : BigInt(rest);
    case 'f':
    case 'd': return Number(rest);
    case 'b': return Buffer.from(rest, 'hex');
    default: return rest;
  }
}

// One result is rows or a header; several are an array of these.
function count(results, fields) {
  const several = Array.isArray(fields) && fields.some((x) => x === undefined || Array.isArray(x));
  let rows = 0;
  let affected = '-';
  for (const result of several ? results : [results]) {
    if (Array.isArray(result)) rows += result.length;
    else if (result) affected = result.affectedRows;
  }
  return [rows, affected];
}

async function main() {
  const [host, port, user, password, database, path] = process.argv.slice(2);
  const connection = await mysql.createConnection({
    host, port: Number(port), user, password, database, multipleStatements: true, charset: 'utf8mb4_general_ci', rowsAsArray: true,
    supportBigNumbers: true, bigNumberStrings: true, dateStrings: true,
    ...(process.env.TLS_CA && { ssl: { ca: fs.readFileSync(process.env.TLS_CA) } }),
  });
  const lines = fs.readFileSync(path, 'utf8').split('\n').filter(Boolean);
  for (const [number, line] of lines.entries()) {
    const [kind, sql, ...parameters] = line.split('\t').map(unescape);
    let outcome = [0, '-'];
    let error = 0;
    let state = '-';
    try {
      outcome = kind === 'text' ? count(...await connection.query(sql)) : count(...await connection.execute(sql, parameters.map(value)));
    } catch (failure) {
      if (!failure.errno) throw failure;
      error = failure.errno;
      state = failure.sqlState;
    }
    console.log([number, outcome[0], outcome[0] || error ? '-' : outcome[1], error, state].join('\t'));
  }
  await connection.end();
}

main().catch((failure) => {
  console.error(failure);
  process.exit(1);
});
