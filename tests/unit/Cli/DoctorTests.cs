// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using L7Trace.Cli.Terminal;
using L7Trace.Probe.Doctor;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class DoctorTests
{
    private static readonly DoctorCheck[] _checks =
    [
        new("kernel", "kernel", DoctorSeverity.Information, DoctorResult.Pass, "6.18 \e[2J"),
        new("btf", "type information", DoctorSeverity.Required, DoctorResult.Fail, "missing", "a newer kernel"),
    ];

    [Fact]
    public void People_see_result_evidence_and_fix()
    {
        var text = DoctorView.ToText(_checks, canRun: false, color: false);
        Assert.Contains("PASS  kernel", text, StringComparison.Ordinal);
        Assert.Contains("FAIL  type information", text, StringComparison.Ordinal);
        Assert.Contains("fix: a newer kernel", text, StringComparison.Ordinal);
        Assert.Contains("can't run here", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', text);
    }

    [Fact]
    public void Programs_get_a_record_per_check_and_the_verdict()
    {
        var records = Encoding.UTF8.GetString(DoctorView.ToJsonLines(_checks, canRun: false))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["check", "check", "doctor"], records.Select(static r => r.GetProperty("type").GetString()));
        Assert.Equal("fail", records[1].GetProperty("result").GetString());
        Assert.False(records[2].GetProperty("can_run").GetBoolean());
    }

    [Fact]
    public void One_object_has_it_all()
    {
        var all = JsonDocument.Parse(DoctorView.ToJson(_checks, canRun: true)).RootElement;
        Assert.True(all.GetProperty("can_run").GetBoolean());
        Assert.Equal(2, all.GetProperty("checks").GetArrayLength());
    }
}
