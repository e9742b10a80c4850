# SPDX-License-Identifier: Apache-2.0
# Perl's LWP, https by IO::Socket::SSL: perl_client.pl client 1.1 URL STEPS [CA] (see README.md).
use strict;
use warnings;
use JSON::PP;
use LWP::UserAgent;

my (undef, $version, $url, $path, $ca) = @ARGV;
die "HTTP/1.1 alone\n" unless $version eq '1.1';
my $agent = LWP::UserAgent->new(keep_alive => 4, max_redirect => 0, $ca ? (ssl_opts => { SSL_ca_file => $ca }) : ());
my $json = JSON::PP->new->canonical;
open(my $file, '<', $path) or die "$path: $!";
while (my $line = <$file>) {
    my $step = $json->decode($line);
    my %entry = (n => $step->{n}, method => $step->{method}, uri => $step->{path}, status => undef, sent => 0, received => 0,
        number => undef, trailers => undef, error => undef);
    my $request = HTTP::Request->new($step->{method}, $url . $step->{path}, ['X-Number' => $step->{n}]);
    $request->header(Connection => 'close') if $step->{close};
    if (defined $step->{body}) {
        my $left = 'u' x $step->{body};
        if ($step->{chunked}) {
            $request->content(sub { substr($left, 0, 1000, '') });
        } else {
            $request->content($left);
            $request->header('Content-Length' => $step->{body});
        }
    }
    my $response = $agent->request($request);
    if ($response->header('Client-Warning')) {
        $entry{error} = $response->status_line;
    } else {
        $entry{sent} = $step->{body} // 0;
        $entry{status} = $response->code + 0;
        $entry{received} = length($response->content);
        $entry{number} = $response->header('X-Number');
    }
    print $json->encode(\%entry), "\n";
}
