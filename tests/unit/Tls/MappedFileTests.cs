// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Tls;
using Xunit;

namespace L7Trace.UnitTests.Tls;

public sealed class MappedFileTests
{
    private const string Maps =
        """
        55d0c0a00000-55d0c0a28000 r--p 00000000 fe:00 1310737                    /usr/bin/curl
        55d0c0a28000-55d0c0a6e000 r-xp 00028000 fe:00 1310737                    /usr/bin/curl
        7f6a1c000000-7f6a1c021000 rw-p 00000000 00:00 0
        7f6a1e400000-7f6a1e45c000 r-xp 00021000 fe:00 1312345                    /usr/lib/a folder/libssl.so.3 (deleted)
        7f6a1e500000-7f6a1e600000 r-xp 00000000 00:2d 77                         /memfd:jit (deleted)
        7ffd0a5d6000-7ffd0a5d8000 r-xp 00000000 00:00 0                          [vdso]
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
        """;

    [Fact]
    public void Files_that_are_mapped_to_be_executed_are_found()
    {
        var files = MappedFile.Parse(Maps);
        Assert.Equal(3, files.Count);
        Assert.Equal(new MappedFile("55d0c0a28000-55d0c0a6e000", "fe:00", 1310737, "/usr/bin/curl"), files[0]);
        Assert.Equal("/usr/lib/a folder/libssl.so.3 (deleted)", files[1].Path);
        Assert.True(files[1].IsDeleted);
        Assert.False(files[0].IsDeleted);
    }

    [Fact]
    public void Paths_of_a_process_with_a_root_folder_of_its_own_are_those_that_it_sees()
    {
        const string Line = "1000-2000 r-xp 00000000 fe:00 5 ";
        var files = MappedFile.Parse($"{Line}/srv/cage/usr/lib/libssl.so.3\n{Line}/srv/cage2/libssl.so.3\n{Line}/srv/cage/old (deleted)", "/srv/cage");
        Assert.Equal(
            [("/usr/lib/libssl.so.3", "root/usr/lib/libssl.so.3"), ("/srv/cage2/libssl.so.3", "map_files/1000-2000"), ("/old (deleted)", "map_files/1000-2000")],
            files.Select(static file => (file.Path, file.BelowProc)));
        Assert.Equal("root/srv/cage/x", Assert.Single(MappedFile.Parse(Line + "/srv/cage/x", "/")).BelowProc);
        Assert.Equal("root/srv/cage/x", Assert.Single(MappedFile.Parse(Line + "/srv/cage/x")).BelowProc);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1-2 r-xp")]
    [InlineData("1-2 r-xp 0 fe:00 notanumber /x")]
    [InlineData("1-2 r-xp 0 fe:00 99999999999999999999999 /x")]
    [InlineData("1-2 r-xp 0 fe:00 5   ")]
    public void Lines_that_are_something_else_are_passed_over(string line) => Assert.Empty(MappedFile.Parse(line));
}
