# SPDX-License-Identifier: Apache-2.0
# Ruby's net/http, a connection for each of four threads: ruby_client.rb client 1.1 URL STEPS [CA] (see README.md).
require 'json'
require 'net/http'
require 'openssl'
require 'stringio'

Aborted = 100
Thread.report_on_exception = true
_, version, url, path, ca = ARGV
abort 'HTTP/1.1 alone' unless version == '1.1'
base = URI(url)
connect = lambda do
  http = Net::HTTP.new(base.host, base.port, nil)
  if ca
    http.use_ssl = true
    http.ca_file = ca
  end
  http.max_retries = 0
  http.start
end

one = lambda do |http, step|
  entry = { n: step['n'], method: step['method'], uri: step['path'], status: nil, sent: 0, received: 0, number: nil, trailers: nil, error: nil }
  body = step['body']
  request = Net::HTTPGenericRequest.new(step['method'], !body.nil?, step['method'] != 'HEAD', step['path'],
                                        { 'X-Number' => step['n'].to_s, 'Accept-Encoding' => 'identity' })
  request['Connection'] = 'close' if step['close']
  if body
    request['Content-Type'] = 'application/octet-stream'
    request.body_stream = StringIO.new('u' * body)
    step['chunked'] ? request['Transfer-Encoding'] = 'chunked' : request.content_length = body
  end
  begin
    http.request(request) do |response|
      entry[:sent] = body || 0
      entry[:status] = response.code.to_i
      entry[:number] = response['X-Number']
      response.read_body { |piece| entry[:received] += piece.bytesize }
    end
  rescue SystemCallError, IOError, OpenSSL::SSL::SSLError => e
    entry[:error] = e.message
  end
  entry
end

first = connect.call
steps = File.readlines(path).map { |line| JSON.parse(line) }
steps.chunk_while { |a, b| a['group'] == b['group'] }.each do |group|
  entries =
    if group.size == 1
      [one.call(first, group[0])]
    else
      group.each_slice((group.size + 3) / 4).map do |part|
        Thread.new { http = connect.call; part.map { |step| one.call(http, step) }.tap { http.finish if http.started? } }
      end.flat_map(&:value)
    end
  entries.each { |entry| puts JSON.generate(entry) }
end
