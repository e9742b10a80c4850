# SPDX-License-Identifier: Apache-2.0
# The client in Perl, DBD::MariaDB: perl_client.pl HOST PORT USER PASSWORD DATABASE CONVERSATION (see README.md).
use strict;
use warnings;
use utf8;
use DBI qw(:sql_types);

my ($host, $port, $user, $password, $database, $path) = @ARGV;
my %escapes = (t => "\t", n => "\n", '\\' => '\\', 0 => "\0");
my $tls = $ENV{TLS_CA} ? ";mariadb_ssl=1;mariadb_ssl_ca_file=$ENV{TLS_CA}" : '';
my $dbh = DBI->connect("DBI:MariaDB:database=$database;host=$host;port=$port;mariadb_multi_statements=1$tls",
    $user, $password, { RaiseError => 0, PrintError => 0, AutoCommit => 1 }) or die DBI->errstr;
my %prepared;

# With server-side prepare the driver has no further result sets.
sub results {
    my ($sth, $one_set) = @_;
    my ($rows, $affected) = (0, '-');
    do {
        if ($sth->{NUM_OF_FIELDS}) {
            $rows++ while $sth->fetchrow_arrayref;
        }
        elsif ($rows == 0) {
            $affected = $sth->rows;
        }
    } while (!$one_set && $sth->more_results);
    return ($rows, $affected);
}

sub bind_all {
    my ($sth, @parameters) = @_;
    my $place = 0;
    for my $parameter (@parameters) {
        my ($kind, $value) = (substr($parameter, 0, 1), substr($parameter, 2));
        $place++;
        if    ($kind eq 'n') { $sth->bind_param($place, undef) }
        elsif ($kind eq 'i') { $sth->bind_param($place, $value + 0) }
        elsif ($kind =~ /[fd]/) { $sth->bind_param($place, sprintf '%.17g', $value) } # all its digits
        elsif ($kind eq 'b') { $sth->bind_param($place, pack('H*', $value), SQL_BINARY) }
        else                 { $sth->bind_param($place, $value) }
    }
    return;
}

open my $steps, '<:encoding(UTF-8)', $path or die "$path: $!";
my $number = 0;
while (my $line = <$steps>) {
    chomp $line;
    my ($kind, $sql, @parameters) = map { s/\\(.)/$escapes{$1}/gsr } split /\t/, $line, -1;
    my ($sth, $fine);
    if ($kind eq 'text') {
        $sth = $dbh->prepare($sql, { mariadb_server_prepare => 0 });
        $fine = $sth && $sth->execute;
    }
    else {
        $sth = $prepared{$sql} //= $dbh->prepare($sql, { mariadb_server_prepare => 1 });
        bind_all($sth, @parameters) if $sth;
        $fine = $sth && $sth->execute;
    }
    my ($rows, $affected) = $fine ? results($sth, $kind ne 'text') : (0, '-');
    my $error = $fine ? ($sth->err // 0) : $dbh->err;
    my $state = !$error ? '-' : $sth && $sth->err ? $sth->state : $dbh->state;
    print join("\t", $number++, $rows, $rows || $error ? '-' : $affected, $error, $state), "\n";
}
%prepared = ();
$dbh->disconnect;
