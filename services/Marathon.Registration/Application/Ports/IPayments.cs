namespace Marathon.Registration.Application.Ports;

/// <summary>The one payment of a registration. The registration's id is the key: to ask twice is to ask once.</summary>
public interface IPayments
{
    /// <summary>Charges, or tells what became of the charge made before.</summary>
    Task<PaymentOutcome> ChargeAsync(HeldRegistration registration, CancellationToken cancellationToken);

    /// <summary>Makes sure that it is never charged, unless it was already.</summary>
    Task<PaymentOutcome> VoidAsync(HeldRegistration registration, CancellationToken cancellationToken);
}

/// <summary>What is known of a payment. Unknown: no answer in time; it may or may not have been charged.</summary>
public enum PaymentOutcome { Unknown, Completed, Declined, Voided }
