// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>Skips never hide: what is named must be there.</summary>
public sealed class RequirementTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("nginx", false)]
    [InlineData("mariadb", true)]
    [InlineData("bpf, mariadb ,nginx", true)]
    [InlineData("all", true)]
    public void A_name_in_the_list_turns_its_skip_into_a_failure(string? required, bool fails) =>
        Assert.Equal(fails, Requirement.Decide("mariadb", required));

    [Fact]
    public void Every_name_in_L7TRACE_REQUIRE_is_one_that_the_tests_know()
    {
        string[] names = (Environment.GetEnvironmentVariable("L7TRACE_REQUIRE") ?? "")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.All(names, x => Assert.Contains(x, Requirement.Names.Append("all")));
    }

    /// <summary>One test whose result shows what this machine lacks, by name, even when nothing else would.</summary>
    [Theory]
    [MemberData(nameof(AllNames))]
    public void What_is_required_is_there(string name) => Requirement.Need(name);

    public static IEnumerable<TheoryDataRow<string>> AllNames() => Requirement.Names.Select(name =>
        name == "mysql9" ? new TheoryDataRow<string>(name).WithTrait("Server", "MySql9") : new TheoryDataRow<string>(name));
}
