// SPDX-License-Identifier: Apache-2.0
using Spectre.Console;

namespace L7Trace.Cli.Terminal;

/// <summary>Spectre.Console with our decisions in place of its guesses about the terminal.</summary>
internal static class SpectreConsole
{
    private const int NoWidth = 10_000;

    /// <summary>A console that draws into the writer.</summary>
    public static IAnsiConsole Over(TextWriter writer, OutputTarget output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = output.Color ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = output.Color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = output.Width == 0 ? NoWidth : output.Width;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }
}
