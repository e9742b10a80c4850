// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Cli.Terminal;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// <c>--control</c>: a program steers the trace by lines on standard input, and reads JSON lines from standard output.
/// <c>mark ID [MS]</c> asks for a <c>mark</c> record behind everything that happened before the line was read; exchanges that run
/// then are waited for, MS milliseconds at most (0 when not said). The end of the input ends the trace: a helper must not outlive
/// the program that started it.
/// </summary>
internal sealed class ControlReader
{
    /// <summary>Longest id of a mark, characters.</summary>
    public const int MaxId = 100;

    private const int MaxLine = 1000;
    private const long MaxWait = 600_000;

    private readonly TextReader _input;
    private readonly Notes _notes;
    private readonly Func<string, TimeSpan, bool> _mark;
    private readonly Action _stop;

    /// <summary>Makes one.</summary>
    /// <param name="input">The lines.</param>
    /// <param name="notes">Takes what is wrong with them.</param>
    /// <param name="mark">Asks for a mark; false when there are too many.</param>
    /// <param name="stop">Ends the trace.</param>
    public ControlReader(TextReader input, Notes notes, Func<string, TimeSpan, bool> mark, Action stop) =>
        (_input, _notes, _mark, _stop) = (input, notes, mark, stop);

    /// <summary>Reads on a thread of its own until the input ends.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "l7trace control" }.Start();

    /// <summary>Reads until the input ends.</summary>
    internal void Run()
    {
        try
        {
            while (ReadLine() is { } line)
            {
                Obey(line);
            }
        }
        catch (IOException)
        {
            // Whoever steers has gone.
        }

        _stop();
    }

    // Of a line that is too long only the beginning is kept: its writer is trusted as little as any other input.
    private string? ReadLine()
    {
        var line = new System.Text.StringBuilder();
        int next;
        while ((next = _input.Read()) >= 0 && next != '\n')
        {
            if (line.Length < MaxLine)
            {
                line.Append((char)next);
            }
        }

        return next < 0 && line.Length == 0 ? null : line.ToString();
    }

    private void Obey(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0)
        {
            return;
        }

        var wait = 0L;
        if (words[0] != "mark" || words.Length is < 2 or > 3 || words[1].Length > MaxId
            || (words.Length == 3 && !(long.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out wait) && wait <= MaxWait)))
        {
            _notes.Error("--control: a line is not \"mark ID [MILLISECONDS]\"");
        }
        else if (!_mark(words[1], TimeSpan.FromMilliseconds(wait)))
        {
            _notes.Error($"--control: more than {TraceMarks.Capacity} marks at once; one is left out");
        }
    }
}
