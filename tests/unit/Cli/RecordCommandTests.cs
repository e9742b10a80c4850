// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;
using L7Trace.Probe.Captures.Recording;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class RecordCommandTests
{
    [Theory]
    [InlineData("say where to", "record", "--port", "1")]
    [InlineData("say what to trace", "record", "-w", "x.pcapng")]
    [InlineData("nothing for a terminal", "record", "--port", "1", "-w", "-")]
    [InlineData("can't be rotated", "record", "--port", "1", "-w", "-", "--rotate-size", "1M")]
    [InlineData("both want standard output", "record", "--port", "1", "-w", "-", "-o", "jsonl")]
    [InlineData("is not a size", "record", "--port", "1", "-w", "x", "--rotate-size", "1k")]
    [InlineData("--with-keys says how TLS is recorded", "record", "--port", "1", "-w", "x", "--with-keys", "--no-tls")]
    [InlineData("--with-keys says how TLS is recorded", "record", "--port", "1", "-w", "x", "--with-keys", "--tls-only")]
    [InlineData("say what to read", "export", "--to", "jsonl")]
    [InlineData("say what to make of it", "export", "-r", "x")]
    public void What_can_not_be_meant_is_a_usage_error(string message, params string[] arguments)
    {
        var run = new CliRun { IsTerminal = true };
        Assert.Equal(ExitCode.Usage, run.Run(arguments));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Null(run.Settings);
    }

    [Fact]
    public void It_says_what_the_file_reveals_even_when_quiet_is_asked_for()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("record", "--port", "1", "-q", "-w", "/nowhere/x.pcapng", "--for", "1ns"));
        Assert.Contains("nothing is redacted", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void That_secrets_are_in_it_is_said_even_when_quiet_is_asked_for()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("record", "--port", "1", "-q", "-w", "/nowhere/x.pcapng", "--for", "1ns", "--with-keys"));
        Assert.Contains("has the secrets of TLS connections", run.Error, StringComparison.Ordinal);
        Assert.True(run.Settings?.WithKeys);
    }

    [Fact]
    public void Files_are_made_anew_for_their_owner_and_links_are_not_followed()
    {
        var folder = Directory.CreateTempSubdirectory("l7rec-");
        try
        {
            var path = Path.Combine(folder.FullName, "a.pcapng");
            File.WriteAllText(path, "old");
            File.SetUnixFileMode(path, (UnixFileMode)0x1B6); // rw-rw-rw-
            using (var old = File.OpenRead(path))
            {
                using var stream = new RecordingFiles(path, isNumbered: false).OpenNext();
                stream.Write("new"u8);
                Assert.Equal(3, old.Length); // who had it open has the old one
                Assert.Equal('o', (char)old.ReadByte());
            }

            Assert.Equal("new", File.ReadAllText(path));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

            var link = Path.Combine(folder.FullName, "link");
            File.CreateSymbolicLink(link, path);
            Assert.Throws<IOException>(() => new RecordingFiles(link, isNumbered: false).OpenNext());
            Assert.Throws<IOException>(() => new RecordingFiles(folder.FullName, isNumbered: false).OpenNext());
            Assert.Throws<IOException>(() => new RecordingFiles("/dev/null", isNumbered: false).OpenNext());
            Assert.Equal("new", File.ReadAllText(path));
            Assert.Equal("/x/a.b-00012.pcapng", RecordingFiles.Numbered("/x/a.b.pcapng", 12));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
