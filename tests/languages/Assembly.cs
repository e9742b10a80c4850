// SPDX-License-Identifier: Apache-2.0
global using Xunit;
using L7Trace.IntegrationTests.Support;
using Xunit.Sdk;
using Xunit.v3;

// Each test loads the machine; two at once would only measure each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(SharedMariaDb))]
[assembly: AssemblyFixture(typeof(SharedMySql))]
[assembly: AssemblyFixture(typeof(L7Trace.LanguageTests.Support.SharedTlsMariaDb))]
[assembly: AssemblyFixture(typeof(L7Trace.LanguageTests.Support.SharedTlsMySql))]
