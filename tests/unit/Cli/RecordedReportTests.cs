// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class RecordedReportTests : IDisposable
{
    private const string Statement = """
        {"v":1,"type":"exchange","id":"1-0","connection.id":"1","protocol":"mysql","role":"client","state":"done","start":"2026-11-23T03:15:09.000000000Z","duration_ns":2000000,"completeness":"complete","db.query.text":"SELECT * FROM t WHERE a = ?","mysql.command":"COM_QUERY","db.response.returned_rows":5}
        """;

    private const string Request = """
        {"v":1,"type":"exchange","id":"2-0","connection.id":"2","protocol":"http","role":"server","state":"done","start":"2026-11-23T03:15:10.000000000Z","duration_ns":9000000,"completeness":"complete","http.request.method":"GET","url.path":"/cart","http.response.status_code":500}
        """;

    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void The_tables_are_those_of_the_file_and_nothing_is_traced()
    {
        var run = Report($"{Statement}\n{Statement}\n\n{Request}\n");

        Assert.Null(run.Settings);
        Assert.Contains("SELECT * FROM `t` WHERE `a` = ?", run.Output, StringComparison.Ordinal);
        Assert.Contains("GET /cart", run.Output, StringComparison.Ordinal);
        Assert.Contains(" 4ms ", run.Output, StringComparison.Ordinal);
        Assert.Contains("3 exchanges on 2 connections", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_may_end_without_a_line_end()
    {
        Assert.Contains("GET /cart", Report(Statement + "\n" + Request).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_not_overwritten()
    {
        File.WriteAllText(_path, Statement);
        var run = new CliRun();
        Assert.Equal(ExitCode.Usage, run.Run("report", "--read", _path, "-w", _path));
        Assert.Contains("is a file that is read", run.Error, StringComparison.Ordinal);
        Assert.Equal(Statement, File.ReadAllText(_path));
    }

    [Fact]
    public void What_the_trace_lost_is_said()
    {
        var run = Report(Statement + "\n"
            + """{"v":1,"type":"loss","time":"2026-11-23T03:15:09Z","loss.data_ring_full":4}""" + "\n"
            + """{"v":1,"type":"summary","exchanges":1,"loss.data_ring_full":4}""" + "\n");

        Assert.Contains("lost: 4 ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_of_another_kind_are_counted_and_said()
    {
        var run = Report($"hello\n{Statement}\n{{\"v\":9}}\n");

        Assert.Contains("SELECT", run.Output, StringComparison.Ordinal);
        Assert.Contains("2 lines are no records", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_longer_than_any_of_ours_is_left_out_and_the_next_one_is_read()
    {
        var run = Report(new string('x', 9_000_000) + "\n" + Request + "\n");

        Assert.Contains("GET /cart", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 lines are no records", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_another_kind_is_refused()
    {
        File.WriteAllText(_path, "GET / HTTP/1.1\n");
        var run = new CliRun();

        Assert.Equal(ExitCode.Failure, run.Run("report", "--read", _path));
        Assert.Contains("no exchange in it", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_a_sentence()
    {
        var run = new CliRun();

        Assert.Equal(ExitCode.Failure, run.Run("report", "--read", _path + ".none"));
        Assert.Contains("can't read", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scope_makes_no_sense_with_a_file()
    {
        File.WriteAllText(_path, "{}\n");
        var run = new CliRun();

        Assert.Equal(ExitCode.Usage, run.Run("report", "--read", _path, "--pid", "1"));
        Assert.Contains("--read takes the whole file", run.Error, StringComparison.Ordinal);
    }

    private CliRun Report(string content)
    {
        File.WriteAllText(_path, content);
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("report", "--read", _path));
        return run;
    }
}
