// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Options;

namespace L7Trace.Cli.Terminal;

/// <summary>
/// What l7trace says about itself, on stderr: every line begins with its name, so that it can be told from the
/// lines of a traced command. A stderr that nobody reads is no reason to fail.
/// </summary>
internal sealed class Notes
{
    private readonly TextWriter _writer;
    private readonly Lock _lock = new();

    /// <summary>Makes one.</summary>
    public Notes(TextWriter writer) => _writer = writer;

    /// <summary>Errors only (<c>-q</c>).</summary>
    public bool Quiet { get; set; }

    /// <summary>Details too (<c>-v</c>).</summary>
    public bool Verbose { get; set; }

    /// <summary>Takes the two switches from the settings.</summary>
    public void Configure(TraceSettings settings)
    {
        Quiet = settings.Quiet;
        Verbose = settings.Verbose && !settings.Quiet;
    }

    /// <summary>A line for everyone who did not ask for quiet.</summary>
    public void Say(string message)
    {
        if (!Quiet)
        {
            Write(message, null);
        }
    }

    /// <summary>A line for those who asked for more.</summary>
    public void Detail(string message)
    {
        if (Verbose)
        {
            Write(message, null);
        }
    }

    /// <summary>A failure, with what to try on indented lines below.</summary>
    public void Error(string message, string? hint = null) => Write(message, hint);

    private void Write(string message, string? hint)
    {
        lock (_lock)
        {
            try
            {
                _writer.WriteLine("l7trace: " + message);
                if (hint is not null)
                {
                    foreach (var line in hint.Split('\n'))
                    {
                        _writer.WriteLine("  " + line.TrimEnd('\r'));
                    }
                }

                _writer.Flush();
            }
            catch (IOException)
            {
                // Nobody reads it.
            }
        }
    }
}
