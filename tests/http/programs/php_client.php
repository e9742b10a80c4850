<?php
// SPDX-License-Identifier: Apache-2.0
// PHP's stream wrappers for http and https, a connection for each request: php_client.php client 1.1 URL STEPS [CA] (see README.md).
[, , $version, $url, $path] = $argv;
$ca = $argv[5] ?? null;
if ($version !== '1.1') {
    fwrite(STDERR, "HTTP/1.1 alone\n");
    exit(1);
}

foreach (file($path, FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES) as $line) {
    $step = json_decode($line, true);
    $entry = ['n' => $step['n'], 'method' => $step['method'], 'uri' => $step['path'], 'status' => null, 'sent' => 0, 'received' => 0,
        'number' => null, 'trailers' => null, 'error' => null];
    $http = ['method' => $step['method'], 'header' => "X-Number: {$step['n']}\r\n", 'protocol_version' => 1.1, 'ignore_errors' => true, 'follow_location' => 0];
    if ($step['body'] !== null) {
        $http['header'] .= "Content-Type: application/octet-stream\r\n";
        if ($step['body'] === 0) {
            $http['header'] .= "Content-Length: 0\r\n"; // of an empty body it says nothing
        }
        $http['content'] = str_repeat('u', $step['body']);
    }
    $context = stream_context_create(['http' => $http, 'ssl' => $ca === null ? [] : ['cafile' => $ca]]);
    $body = file_get_contents($url . $step['path'], false, $context);
    if ($body === false) {
        $entry['error'] = error_get_last()['message'] ?? 'failed';
    } else {
        $entry['sent'] = $step['body'] ?? 0;
        $entry['received'] = strlen($body);
        foreach ($http_response_header as $header) {
            if (preg_match('#^HTTP/\S+ (\d+)#', $header, $match)) {
                $entry['status'] = (int)$match[1];
            } elseif (preg_match('#^X-Number: *(.*)$#i', $header, $match)) {
                $entry['number'] = $match[1];
            }
        }
    }
    echo json_encode($entry, JSON_UNESCAPED_SLASHES), "\n";
}
