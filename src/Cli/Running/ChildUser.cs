// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Cli.Running;

/// <summary>The user who runs the traced command.</summary>
/// <param name="Name">Login name.</param>
/// <param name="Home">Home folder, null when not known.</param>
internal sealed record ChildUser(string Name, string? Home)
{
    private const string PasswordFile = "/etc/passwd";

    /// <summary>
    /// The user of <c>--user</c>; else, under sudo, who called sudo: only l7trace needs root, and a program started
    /// as root by accident leaves root's files behind. Null when nothing has to change.
    /// </summary>
    public static ChildUser? Choose(string? asked, Func<string, string?> variable) =>
        Choose(asked, variable, Environment.UserName, ReadPasswords());

    internal static ChildUser? Choose(
        string? asked, Func<string, string?> variable, string current, IReadOnlyList<string> passwords)
    {
        if (asked is not null)
        {
            // A name that /etc/passwd lacks may come from another directory (LDAP): starting the command will tell.
            var named = Find(passwords, 0, asked) ?? Find(passwords, 2, asked);
            if (named is null && uint.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                throw new CliException(ExitCode.TargetNotFound, $"there is no user with the id {asked}");
            }

            var user = named ?? new ChildUser(asked, null);
            return user.Name == current ? null : user;
        }

        if (variable("SUDO_UID") is not { Length: > 0 } uid || uid == "0")
        {
            return null;
        }

        var caller = Find(passwords, 2, uid) ??
            (variable("SUDO_USER") is { Length: > 0 } name ? new ChildUser(name, null) : null);
        return caller is null || caller.Name == current ? null : caller;
    }

    private static ChildUser? Find(IReadOnlyList<string> passwords, int field, string value)
    {
        foreach (var line in passwords)
        {
            var fields = line.Split(':');
            if (fields.Length >= 7 && fields[field] == value)
            {
                return new ChildUser(fields[0], fields[5].Length == 0 ? null : fields[5]);
            }
        }

        return null;
    }

    private static string[] ReadPasswords()
    {
        try
        {
            return File.ReadAllLines(PasswordFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
