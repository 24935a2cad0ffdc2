using Marathon.Testing;

namespace Marathon.Registration.Tests
{
    public class LayersTests
    {
        [Fact]
        public void Registration_DependenciesPointInwards() => Assert.Empty(Layers.Violations(typeof(Domain.Race).Assembly, "Marathon.Registration"));

        [Theory]
        [InlineData("Planted.Domain.ReadsTheClock")]
        [InlineData("Planted.Domain.KnowsAnAdapter")]
        [InlineData("Planted.Domain.HidesAnAdapterInALambda")]
        [InlineData("Planted.Domain.OpensAFile")]
        [InlineData("Planted.Application.KnowsThePackageBehindAPort")]
        public void Layers_WhenAViolationIsPlanted_FindsIt(string planted) =>
            Assert.Contains(Layers.Violations(typeof(LayersTests).Assembly, "Planted"), violation => violation.StartsWith(planted, StringComparison.Ordinal));

        [Fact]
        public void Layers_WhenNothingIsWrong_FindsNothing() =>
            Assert.DoesNotContain(Layers.Violations(typeof(LayersTests).Assembly, "Planted"), violation => violation.Contains("Innocent", StringComparison.Ordinal));
    }
}

namespace Planted.Domain
{
    internal sealed record Innocent(int Number, DateTimeOffset When, IReadOnlyList<string> Names);

    internal static class ReadsTheClock
    {
        public static object Now() => Adapters.Anything.Clock.GetUtcNow();
    }

    internal sealed class KnowsAnAdapter
    {
        public Adapters.Anything? Field { get; set; }
    }

    internal static class HidesAnAdapterInALambda
    {
        public static Func<object> Later() => () => new Adapters.Anything();
    }

    internal static class OpensAFile
    {
        public static bool Exists() => File.Exists("x");
    }
}

namespace Planted.Application
{
    internal sealed class Innocent(Domain.Innocent known)
    {
        public string Text => known.ToString();
    }

    internal sealed class KnowsThePackageBehindAPort
    {
        public static object Source() => Npgsql.NpgsqlDataSource.Create("");
    }
}

namespace Planted.Adapters
{
    internal sealed class Anything
    {
        public static TimeProvider Clock => TimeProvider.System;
    }
}
