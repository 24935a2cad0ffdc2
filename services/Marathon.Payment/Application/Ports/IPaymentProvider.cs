using Marathon.Payments.Domain;

namespace Marathon.Payments.Application.Ports;

/// <summary>
/// Who moves the money. Every call is idempotent by key, and an exception means that the outcome is unknown: ask again with the same key.
/// </summary>
public interface IPaymentProvider
{
    /// <summary>Charges once per <paramref name="key"/>: a repeat gets the first one's answer. Amounts are in whole units of the currency.</summary>
    Task<ProviderAnswer> ChargeAsync(Guid key, int amount, string currency, string? token, CancellationToken cancellationToken);

    /// <summary>What became of the charge; null when the provider has not heard of it.</summary>
    Task<ProviderAnswer?> FindAsync(Guid key, CancellationToken cancellationToken);

    /// <summary>
    /// Gives money back until <paramref name="amount"/> in all has been given back of what was captured (so a repeat gives nothing more). A key
    /// that was never charged is closed: a charge that arrives later is declined. When this returns, that is so for good. Returns how much has gone back in
    /// all: 0 also of a charge that the provider does not know, which is no proof that no other knows it.
    /// </summary>
    Task<long> CancelAsync(Guid key, int amount, CancellationToken cancellationToken);
}

/// <summary>The provider answered that it could not, or not with what was asked for. What became of the money is unknown all the same.</summary>
/// <param name="message">The provider's code for it; nothing personal.</param>
public sealed class ProviderException(string message) : Exception(message);
