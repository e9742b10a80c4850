// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Privileges;

/// <summary>The rights that this process runs with: which it takes to load, and which it gives up.</summary>
public static class ProcessPrivileges
{
    /// <summary>All that is ever of use once another user's name is taken: to load, and then.</summary>
    private static readonly Capabilities s_loading = Capabilities.Of(
        Capability.Bpf, Capability.Perfmon, Capability.SysPtrace, Capability.DacReadSearch, Capability.CheckpointRestore,
        Capability.SysAdmin, Capability.SysResource, Capability.SysNice);

    /// <summary>
    /// A command that this process starts gets no capabilities of it by way of the ambient set. To be called before
    /// another thread is started.
    /// </summary>
    public static void KeepFromCommands() => Credentials.ClearAmbient();

    /// <summary>True when the sockets of other users' processes can be seen, in /proc/PID/fd.</summary>
    public static bool CanSeeSockets() =>
        SystemFacts.Read().Capabilities is var have && have.Has(Capability.SysPtrace) && have.Has(Capability.DacReadSearch);

    /// <summary>
    /// Becomes another user with what it takes to trace, and no other right of root's. To be called before files are opened, which
    /// then are that user's, and before threads are started that are to trace.
    /// </summary>
    /// <exception cref="ProbeException">There is no such user, or this process may not.</exception>
    public static void Become(string user)
    {
        ArgumentNullException.ThrowIfNull(user);
        var account = UserAccount.Find(user) ?? throw ProbeErrors.UserNotFound(user);
        if (account.UserId == LibC.EffectiveUserId())
        {
            return;
        }

        var permitted = Credentials.Permitted();
        if (!permitted.Has(Capability.SetUid) || !permitted.Has(Capability.SetGid))
        {
            throw ProbeErrors.CannotBecome(account.Name, permitted);
        }

        if (Credentials.Become(account, permitted.And(s_loading)) is (not 0 and var errno, var call))
        {
            throw ProbeErrors.BecomingFailed(account.Name, call, errno);
        }
    }

    /// <summary>
    /// Gives up all capabilities but what goes on to be needed, in all threads, and the way to get others (no_new_privs). What is
    /// needed of the kernel is found by trying it with less.
    /// </summary>
    /// <param name="works">Tries what the probe goes on to do, with what the calling thread has at that moment.</param>
    /// <param name="needs">What is needed besides.</param>
    internal static PrivilegeReport GiveUp(Func<bool> works, PrivilegeNeeds needs)
    {
        var permitted = Credentials.Permitted();
        var kept = Choose(permitted, needs, IsWritable, set => Credentials.TrySet(set, permitted) && works());
        var (threads, _, error) = AllThreads.Keep(kept);
        if (error is not null)
        {
            Credentials.TrySet(permitted, permitted);
        }

        return new PrivilegeReport(kept.ToString(), threads, error);

        bool IsWritable(string path, Capabilities set) => Credentials.TrySet(set, permitted) && Credentials.CanWrite(path);
    }

    /// <summary>The least that will do, out of what there is.</summary>
    /// <param name="permitted">What there is.</param>
    /// <param name="needs">What is needed for other reasons than the kernel's.</param>
    /// <param name="canWrite">Tells whether a path can be written to with a set.</param>
    /// <param name="works">Tells whether the probe can go on with a set.</param>
    internal static Capabilities Choose(
        Capabilities permitted, PrivilegeNeeds needs, Func<string, Capabilities, bool> canWrite, Func<Capabilities, bool> works)
    {
        var always = Capabilities.Of(Capability.SysPtrace, Capability.DacReadSearch, Capability.CheckpointRestore).And(permitted);
        if (needs.SignalsCommand)
        {
            always = new Capabilities(always.Bits | Capabilities.Of(Capability.Kill).And(permitted).Bits);
        }

        if (permitted.Has(Capability.DacOverride)
            && needs.WritesLater.Any(path => canWrite(path, permitted) && !canWrite(path, always)))
        {
            always = always.With(Capability.DacOverride);
        }

        foreach (var more in (ReadOnlySpan<Capabilities>)[
            default,
            Capabilities.Of(Capability.Perfmon),
            Capabilities.Of(Capability.Bpf),
            Capabilities.Of(Capability.Bpf, Capability.Perfmon),
            Capabilities.Of(Capability.SysAdmin)])
        {
            var set = new Capabilities(always.Bits | more.Bits);
            if (more.And(permitted) == more && works(set))
            {
                return set;
            }
        }

        // The kernel asks for something that is not known here: all that could be it, and still none of root's other rights.
        return new Capabilities(always.Bits | s_loading.And(permitted).Bits);
    }
}
