// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli.Running;

/// <summary>Finds a command as execvp does: as it stands when it has a slash, else in the folders of PATH.</summary>
internal static class CommandPath
{
    private const string DefaultPath = "/bin:/usr/bin";
    private const UnixFileMode AnyExecute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The file to execute; throws <see cref="CliException"/> with 127 or 126 when there is none.</summary>
    public static string Resolve(string command, string? path)
    {
        if (command.Length == 0)
        {
            throw NotFound(command);
        }

        if (command.Contains('/'))
        {
            return Look(command) switch
            {
                Found.Executable => command,
                Found.NotExecutable => throw NotExecutable(command),
                _ => throw NotFound(command),
            };
        }

        var denied = false;
        foreach (var folder in (string.IsNullOrEmpty(path) ? DefaultPath : path).Split(':'))
        {
            // An empty entry of PATH is the current folder, by old custom.
            var candidate = Path.Combine(folder.Length == 0 ? "." : folder, command);
            switch (Look(candidate))
            {
                case Found.Executable:
                    return candidate;
                case Found.NotExecutable:
                    denied = true;
                    break;
                default:
                    break;
            }
        }

        throw denied ? NotExecutable(command) : NotFound(command);
    }

    /// <summary>The answer for a command that is there but can't be executed.</summary>
    public static CliException NotExecutable(string command) =>
        new(ExitCode.NotExecutable, $"can't execute '{command}': permission denied");

    /// <summary>The answer for a command that is not there.</summary>
    public static CliException NotFound(string command) =>
        new(ExitCode.CommandNotFound, $"'{command}' was not found");

    private enum Found
    {
        Nothing,
        NotExecutable,
        Executable,
    }

    private static Found Look(string path)
    {
        if (Directory.Exists(path))
        {
            return Found.NotExecutable;
        }

        try
        {
            return !File.Exists(path) ? Found.Nothing
                : (File.GetUnixFileMode(path) & AnyExecute) != 0 ? Found.Executable
                : Found.NotExecutable;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Found.NotExecutable;
        }
    }
}
