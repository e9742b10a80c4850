# SPDX-License-Identifier: Apache-2.0
# The client in Ruby, mysql2: ruby_client.rb HOST PORT USER PASSWORD DATABASE CONVERSATION (see README.md).
require 'bigdecimal'
require 'date'
require 'mysql2'

host, port, user, password, database, path = ARGV
tls = ENV['TLS_CA'] ? { sslca: ENV['TLS_CA'], sslverify: true } : {}
client = Mysql2::Client.new(host: host, port: port.to_i, username: user, password: password, database: database,
                            encoding: 'utf8mb4', flags: Mysql2::Client::MULTI_STATEMENTS, **tls)
prepared = {}
escapes = { 't' => "\t", 'n' => "\n", '\\' => '\\', '0' => "\0" }

def value(text)
  rest = text[2..]
  case text[0]
  when 'n' then nil
  when 'i', 'u' then rest.to_i
  when 'f', 'd' then rest.to_f
  when 'm' then BigDecimal(rest)
  when 'y' then Date.parse(rest)
  when 't' then DateTime.parse(rest)
  when 'b' then [rest].pack('H*')
  else rest
  end
end

def text(client, sql)
  result = client.query(sql, as: :array, cast: false)
  rows = result ? result.count : 0
  affected = result ? '-' : client.affected_rows
  while client.next_result
    result = client.store_result
    result ? rows += result.count : affected = client.affected_rows
  end
  [rows, affected]
end

# A statement of the driver shows the first result set alone. Its result is freed at once: an older one that the garbage
# collector frees later takes the rows of the same statement's next execution with it.
def execute(statement, values)
  result = statement.execute(*values, as: :array)
  return [0, statement.affected_rows] unless result

  rows = result.count
  result.free
  [rows, '-']
end

File.foreach(path, encoding: 'UTF-8').with_index do |line, number|
  kind, sql, *parameters = line.chomp("\n").split("\t", -1).map { |x| x.gsub(/\\(.)/m) { escapes[$1] } }
  error = 0
  state = '-'
  begin
    rows, affected = if kind == 'text'
                       text(client, sql)
                     else
                       execute(prepared[sql] ||= client.prepare(sql), parameters.map { |x| value(x) })
                     end
  rescue Mysql2::Error => e
    rows, affected, error, state = 0, '-', e.error_number, e.sql_state
  end
  puts [number, rows, rows.positive? ? '-' : affected, error, state].join("\t")
end
client.close
