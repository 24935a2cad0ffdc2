using System.Diagnostics.Metrics;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Application;

/// <summary>What an organiser's operator watches: registrations by outcome, refusals by reason, places left by division.</summary>
public sealed class RegistrationMeter
{
    private readonly Counter<long> registrations, refusals;

    /// <summary>Made once.</summary>
    public RegistrationMeter(IMeterFactory meters, IRaces races)
    {
        var meter = meters.Create("Marathon.Registration");
        registrations = meter.CreateCounter<long>("marathon.registrations", "{registration}", "Registrations by the status they were answered with");
        refusals = meter.CreateCounter<long>("marathon.refusals", "{request}", "Refused requests by reason");
        meter.CreateObservableGauge("marathon.places.left",
            () => races.All.SelectMany(race => race.Divisions).Select(division => new Measurement<int>(division.Remaining, new KeyValuePair<string, object?>("division", division.Id))),
            "{place}", "Places that nobody holds");
    }

    internal void Registered(RegistrationStatus status) => registrations.Add(1, new KeyValuePair<string, object?>("status", status.Text()));

    internal void Refused(Rejection reason) => refusals.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));
}
