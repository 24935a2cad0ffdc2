using Marathon.Contracts;
using Marathon.Fulfilment.Adapters.Carrier;
using Marathon.Fulfilment.Adapters.Kafka;
using Marathon.Fulfilment.Adapters.Postgres;
using Marathon.Fulfilment.Adapters.Timer;
using Marathon.Fulfilment.Application.Cancelling;
using Marathon.Fulfilment.Application.Changing;
using Marathon.Fulfilment.Application.Delivering;
using Marathon.Fulfilment.Application.Dispatching;
using Marathon.Fulfilment.Application.Erasing;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Application.Receiving;
using Marathon.Messaging;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults();
builder.AddMarathonDatabase<FulfilmentDb>("fulfilmentdb");
builder.AddMarathonKafka("kafka");
builder.AddMessaging("fulfilment", handlers => handlers
    .On<RegistrationConfirmed, RegistrationEvents>()
    .On<RegistrationChanged, RegistrationEvents>()
    .On<RegistrationCancelled, RegistrationEvents>()
    .On<RegistrationErased, RegistrationEvents>());
builder.Services.AddSingleton(new PersonalData("register_masters", "registration_id = ANY ($1)", "name", "phone_no", "address"));
builder.Services.AddSingleton(new PersonalData("deliveries", "registration_id = ANY ($1)", "name", "phone_no", "address"));

builder.Services.AddSingleton<IRoll, Roll>().AddSingleton<IDeliveries, Deliveries>().AddSingleton<ICarrier, SimulatedCarrier>();
builder.Services.AddScoped<ReceiveRunners>().AddScoped<ChangeRunners>().AddScoped<CancelRunners>().AddScoped<EraseRunners>();
builder.Services.AddScoped<DispatchGoods>().AddScoped<DeliverGoods>();
builder.Services.AddSingleton(builder.Configuration.GetSection("Fulfilment").Get<FulfilmentOptions>() ?? new FulfilmentOptions());
builder.Services.AddHostedService<DispatchWorker>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.Run();
