// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.InteropServices;
using L7Trace.Probe;
using L7Trace.Probe.Tls;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Tls;

public sealed class TlsFileTableTests : IDisposable
{
    private const uint Process = 4711;

    private readonly FakeProc _proc = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("l7files-").FullName;
    private readonly List<FakeLink> _links = [];
    private readonly TlsFileTable _table;
    private bool _isOfTls = true;

    public TlsFileTableTests()
    {
        Add((uint)Environment.ProcessId, "/");
        _table = new TlsFileTable(_proc.Proc, (_, path, _, _) =>
        {
            if (!_isOfTls)
            {
                return null;
            }

            _links.Add(new FakeLink());
            return new TlsFile(path, ["OpenSSL"], [_links[^1]], []);
        });
    }

    private string Library => Path.Combine(_folder, "libssl.so.3");

    public void Dispose()
    {
        _proc.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_file_is_probed_once_whatever_paths_lead_to_it_and_however_often_it_is_touched()
    {
        Put("/bin/sh");
        Assert.True(_table.Consider(Library));
        File.CreateSymbolicLink(Library + ".link", Library);
        Assert.False(_table.Consider(Library + ".link"));
        File.SetLastWriteTimeUtc(Library, DateTime.UnixEpoch); // its inode changes, what is built in it does not
        Assert.False(_table.Consider(Library));
        _table.Sweep();
        Assert.Single(_table.Probed);
        Assert.False(Assert.Single(_links).IsReleased);
    }

    [Fact]
    public void A_new_file_at_its_path_is_probed_before_anyone_maps_it_and_the_old_one_while_it_is_in_use()
    {
        Put("/bin/sh");
        Assert.True(_table.Consider(Library));
        Map(isDeleted: true);
        Put("/bin/sh"); // the same bytes, another inode
        _table.Sweep();
        Assert.Equal(2, _table.Probed.Count);
        Assert.All(_links, static link => Assert.False(link.IsReleased));
        _proc.Remove(Process);
        SweepPatiently();
        Assert.Single(_table.Probed);
        Assert.Equal([true, false], _links.Select(static link => link.IsReleased));
    }

    [Fact]
    public void A_file_that_is_gone_is_let_go_with_its_last_user_and_looked_at_anew_when_it_comes_back()
    {
        Put("/bin/sh");
        Map(isDeleted: false);
        Assert.Equal(1UL, _table.Scan(Process));
        Assert.Equal(0UL, _table.Scan(Process));
        string aside = Library + ".aside";
        File.Move(Library, aside);
        _table.Sweep();
        Assert.Single(_table.Probed);
        _proc.Remove(Process);
        SweepPatiently();
        Assert.Empty(_table.Probed);
        Assert.True(_links[0].IsReleased);
        File.Move(aside, Library);
        Map(isDeleted: false);
        Assert.Equal(1UL, _table.Scan(Process));
        Assert.False(_links[1].IsReleased);
    }

    [Fact]
    public void A_file_without_users_stays_probed_while_a_path_leads_to_it()
    {
        Put("/bin/sh");
        Map(isDeleted: false);
        Assert.Equal(1UL, _table.Scan(Process));
        _proc.Remove(Process);
        SweepPatiently();
        Assert.Single(_table.Probed);
        Assert.Equal(0UL, _table.Scan(Process));
    }

    [Fact]
    public void A_container_s_file_is_let_go_when_nobody_is_left_who_sees_it()
    {
        Put("/bin/sh");
        Map(isDeleted: false, root: _folder);
        Assert.Equal(1UL, _table.Scan(Process));
        Add(Process + 1, _folder);
        Assert.Equal(0UL, _table.Scan(Process + 1));
        _proc.Remove(Process);
        SweepPatiently();
        Assert.Single(_table.Probed); // a program that is started there may use it
        _proc.Remove(Process + 1);
        SweepPatiently();
        Assert.Empty(_table.Probed);
    }

    [Fact]
    public void While_a_process_can_not_be_looked_at_nothing_is_let_go()
    {
        Put("/bin/sh");
        Assert.True(_table.Consider(Library));
        _proc.Add(Process, "another user's");
        File.CreateSymbolicLink(_proc.Proc.PathOf(Process, "exe"), "/bin/sh"); // a program, with maps that can't be read
        File.Delete(Library);
        SweepPatiently();
        Assert.Single(_table.Probed);
        _proc.Remove(Process);
        SweepPatiently();
        Assert.Empty(_table.Probed);
    }

    [Fact]
    public void A_kernel_thread_which_has_no_program_and_no_maps_keeps_nothing_probed()
    {
        Put("/bin/sh");
        Assert.True(_table.Consider(Library));
        _proc.Add(Process, "kthreadd");
        File.Delete(Library);
        SweepPatiently();
        Assert.Empty(_table.Probed);
    }

    [Fact]
    public void An_inode_that_is_used_again_is_not_known()
    {
        Put("/bin/sh");
        _isOfTls = false;
        Assert.False(_table.Consider(Library));
        _isOfTls = true;
        Assert.False(_table.Consider(Library)); // it is known
        Overwrite("/bin/cat");
        Assert.True(_table.Consider(Library));
    }

    [Fact]
    public void A_file_that_is_written_over_in_place_is_probed_anew()
    {
        Put("/bin/sh");
        Assert.True(_table.Consider(Library));
        Overwrite("/bin/cat");
        _table.Sweep();
        Assert.Equal([true, false], _links.Select(static link => link.IsReleased));
        Assert.Single(_table.Probed);
    }

    [Fact]
    public void What_is_taken_at_the_end_is_all_that_is_attached()
    {
        Put("/bin/sh");
        Assert.True(_table.Consider(Library));
        Assert.Same(_links[0], Assert.Single(_table.TakeAll()));
        Assert.Empty(_table.Probed);
    }

    private void Put(string source)
    {
        string fresh = Library + ".new";
        File.Copy(source, fresh);
        File.Move(fresh, Library, overwrite: true);
    }

    // The same inode with other bytes.
    private void Overwrite(string source)
    {
        FileIdentity? before = FileIdentity.Of(Library);
        using (FileStream file = File.OpenWrite(Library))
        {
            file.SetLength(0);
            file.Write(File.ReadAllBytes(source));
        }

        Assert.Equal(before, FileIdentity.Of(Library));
    }

    private void Map(bool isDeleted, string root = "/")
    {
        FileIdentity identity = FileIdentity.Of(Library)!.Value;
        Add(Process, root);
        _proc.Write(Process, "maps", string.Create(CultureInfo.InvariantCulture,
            $"7f1c0a000000-7f1c0a012000 r-xp 00002000 {identity.Major:x2}:{identity.Minor:x2} {identity.Inode}   {Library}{(isDeleted ? " (deleted)" : "")}\n"));
    }

    private void Add(uint process, string root)
    {
        _proc.Add(process, "server");
        _proc.Write(process, "maps", "");
        File.CreateSymbolicLink(_proc.Proc.PathOf(process, "root"), root);
    }

    // More sweeps than are let pass between two looks at all processes here.
    private void SweepPatiently()
    {
        for (int i = 0; i < 8; i++)
        {
            _table.Sweep();
        }
    }

    private sealed class FakeLink() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => false;

        public bool IsReleased { get; private set; }

        protected override bool ReleaseHandle() => IsReleased = true;
    }
}
