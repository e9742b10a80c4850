// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class ColorDecisionTests
{
    private static bool Decide(ColorChoice choice, bool isTerminal, params (string Name, string Value)[] variables) =>
        ColorDecision.UseColor(choice, isTerminal, name => variables.FirstOrDefault(v => v.Name == name).Value);

    [Fact]
    public void The_flag_comes_first()
    {
        Assert.True(Decide(ColorChoice.Always, false, ("NO_COLOR", "1")));
        Assert.False(Decide(ColorChoice.Never, true, ("FORCE_COLOR", "1"), ("TERM", "xterm")));
    }

    [Fact]
    public void Then_no_color_unless_it_is_empty()
    {
        Assert.False(Decide(ColorChoice.Auto, true, ("NO_COLOR", "1"), ("FORCE_COLOR", "1"), ("TERM", "xterm")));
        Assert.True(Decide(ColorChoice.Auto, true, ("NO_COLOR", ""), ("TERM", "xterm")));
    }

    [Theory]
    [InlineData("FORCE_COLOR", "1", true)]
    [InlineData("CLICOLOR_FORCE", "1", true)]
    [InlineData("CLICOLOR_FORCE", "0", false)]
    public void Then_what_forces_color(string name, string value, bool expected) =>
        Assert.Equal(expected, Decide(ColorChoice.Auto, false, (name, value)));

    [Fact]
    public void Then_the_terminal()
    {
        Assert.True(Decide(ColorChoice.Auto, true, ("TERM", "xterm-256color")));
        Assert.False(Decide(ColorChoice.Auto, true, ("TERM", "dumb")));
        Assert.False(Decide(ColorChoice.Auto, true));
        Assert.False(Decide(ColorChoice.Auto, false, ("TERM", "xterm")));
    }
}
