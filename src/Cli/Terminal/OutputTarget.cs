// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Options;

namespace L7Trace.Cli.Terminal;

/// <summary>Where results go, and what may be written there.</summary>
internal sealed class OutputTarget : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private OutputTarget(
        Stream stream, Func<bool> isUnread, bool isTerminal, bool color, int width, OutputFormat format)
    {
        Stream = stream;
        IsUnread = isUnread;
        IsTerminal = isTerminal;
        Color = color;
        Width = width;
        Format = format;
    }

    /// <summary>The stream, unbuffered or nearly so: its users buffer.</summary>
    public Stream Stream { get; }

    /// <summary>Asks whether its reader is gone (<c>| head</c>). Cheap, and for any thread.</summary>
    public Func<bool> IsUnread { get; }

    /// <summary>Someone looks at it now.</summary>
    public bool IsTerminal { get; }

    /// <summary>Colours may be used.</summary>
    public bool Color { get; }

    /// <summary>Columns of the terminal; 0 where lines have no bound.</summary>
    public int Width { get; }

    /// <summary>The format, with auto decided.</summary>
    public OutputFormat Format { get; }

    /// <summary>
    /// Opens it: the file of <c>--write</c> ("-": standard output), else standard output, else (<paramref name="onError"/>) standard error.
    /// Throws <see cref="CliException"/> when the file can't be written.
    /// </summary>
    public static OutputTarget Open(TraceSettings settings, CliEnvironment environment, bool onError)
    {
        var file = settings.WriteTo == "-" ? null : settings.WriteTo;
        onError &= settings.WriteTo is null;
        var isTerminal = file is null &&
            (onError ? environment.ErrorIsTerminal : environment.OutputIsTerminal);
        var format = settings.Output != OutputFormat.Auto
            ? settings.Output
            : isTerminal ? OutputFormat.Table : OutputFormat.Plain;
        var stream = file is { } path ? OpenFile(path)
            : onError ? environment.OpenError()
            : environment.OpenOutput();
        return new OutputTarget(
            stream,
            file is not null ? static () => false
                : onError ? environment.ErrorIsUnread
                : environment.OutputIsUnread,
            isTerminal,
            ColorDecision.UseColor(settings.Color, isTerminal, environment.Variable),
            isTerminal ? environment.TerminalWidth : 0,
            format);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        catch (IOException)
        {
            // What could be written was flushed and checked before; here only the descriptor goes.
        }
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                BufferSize = 0,
                UnixCreateMode = OwnerOnly,
            });

            // A file that was there before keeps its mode when it is opened; captured data is nobody else's.
            if (file.CanSeek)
            {
                File.SetUnixFileMode(file.SafeFileHandle, OwnerOnly);
            }

            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failure, $"can't write '{path}': {exception.Message}");
        }
    }
}
