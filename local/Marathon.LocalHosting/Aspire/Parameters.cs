using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Marathon.LocalHosting;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>Where a parameter's value comes from when none is configured.</summary>
    public abstract class ParameterDefault
    {
        public abstract string GetDefaultValue();
    }

    /// <summary>Makes up a random value. Lengths and counts are in characters.</summary>
    public sealed class GenerateParameterDefault : ParameterDefault
    {
        public int MinLength { get; set; }
        public bool Lower { get; set; } = true;
        public bool Upper { get; set; } = true;
        public bool Numeric { get; set; } = true;
        public bool Special { get; set; } = true;
        public int MinLower { get; set; }
        public int MinUpper { get; set; }
        public int MinNumeric { get; set; }
        public int MinSpecial { get; set; }

        public override string GetDefaultValue()
        {
            (bool Used, string Letters, int Least)[] kinds =
            [
                (Lower, "abcdefghjkmnpqrstuvwxyz", MinLower),
                (Upper, "ABCDEFGHJKMNPQRSTUVWXYZ", MinUpper),
                (Numeric, "0123456789", MinNumeric),
                (Special, "-_.{}~()*+!", MinSpecial),
            ];
            var used = kinds.Where(kind => kind.Used).ToArray();
            var value = used.SelectMany(kind => RandomNumberGenerator.GetItems<char>(kind.Letters, kind.Least)).ToList();
            // 128 bits of randomness need 22 letters and digits.
            var missing = Math.Max(MinLength, 22) - value.Count;
            if (missing > 0) value.AddRange(RandomNumberGenerator.GetItems<char>(string.Concat(used.Select(kind => kind.Letters)), missing));
            var shuffled = value.ToArray();
            RandomNumberGenerator.Shuffle(shuffled.AsSpan());
            return new string(shuffled);
        }
    }

    /// <summary>A value the model is given from outside: <c>Parameters:{name}</c> in the configuration.</summary>
    public class ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false)
        : Resource(name), IManifestExpressionProvider, IValueProvider
    {
        private string? value;

        public ParameterDefault? Default { get; set; }
        public bool Secret { get; } = secret;
        public string? Description { get; set; }
        public string ValueExpression => $"{{{Name}.value}}";

        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken)
        {
            lock (this) return ValueTask.FromResult<string?>(value ??= callback(Default));
        }
    }
}

namespace Aspire.Hosting
{
    /// <summary>A parameter has no value.</summary>
    public class MissingParameterValueException(string message) : DistributedApplicationException(message);

    /// <summary>Adds parameters.</summary>
    public static class ParameterResourceBuilderExtensions
    {
        public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
            builder.AddResource(CreateParameter(builder, name, secret));

        public static IResourceBuilder<ParameterResource> AddParameter(
            this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
            builder.AddParameter(name, () => value, publishValueAsDefault, secret);

        public static IResourceBuilder<ParameterResource> AddParameter(
            this IDistributedApplicationBuilder builder, string name, Func<string> valueGetter, bool publishValueAsDefault = false, bool secret = false) =>
            builder.AddResource(new ParameterResource(name, _ => valueGetter(), secret));

        /// <param name="value">Gives the value when none is configured.</param>
        /// <param name="persist">Keep a made-up value for the next run (in <c>secrets.json</c> of the data folder).</param>
        public static IResourceBuilder<ParameterResource> AddParameter(
            this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false) =>
            builder.AddResource(Create(builder, name, secret, value, persist));

        public static ParameterResource CreateParameter(IDistributedApplicationBuilder builder, string name, bool secret) =>
            Create(builder, name, secret, null, persist: false);

        public static ParameterResource CreateDefaultPasswordParameter(
            IDistributedApplicationBuilder builder, string name,
            bool lower = true, bool upper = true, bool numeric = true, bool special = true,
            int minLower = 0, int minUpper = 0, int minNumeric = 0, int minSpecial = 0) =>
            CreateGeneratedParameter(builder, name, secret: true, new GenerateParameterDefault
            {
                MinLength = 22,
                Lower = lower,
                Upper = upper,
                Numeric = numeric,
                Special = special,
                MinLower = minLower,
                MinUpper = minUpper,
                MinNumeric = minNumeric,
                MinSpecial = minSpecial,
            });

        public static ParameterResource CreateGeneratedParameter(
            IDistributedApplicationBuilder builder, string name, bool secret, GenerateParameterDefault parameterDefault) =>
            Create(builder, name, secret, parameterDefault, persist: true);

        private static ParameterResource Create(
            IDistributedApplicationBuilder builder, string name, bool secret, ParameterDefault? fallback, bool persist)
        {
            var key = $"Parameters:{name}";
            return new ParameterResource(name, Read, secret) { Default = fallback };

            string Read(ParameterDefault? fallback) =>
                builder.Configuration[key] is { Length: > 0 } configured ? configured
                : fallback is null ? throw new MissingParameterValueException($"The parameter '{name}' has no value: set {key} (environment: Parameters__{name.Replace('-', '_')}).")
                : persist ? DataFolder.Of(builder).Secrets.GetOrAdd(key, fallback.GetDefaultValue)
                : fallback.GetDefaultValue();
        }
    }
}
