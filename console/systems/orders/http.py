"""Orders and payments over HTTP."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from console.api.apps import application, system_routes
from console.api.service import Service
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentRequest


def orders_app(service: Service) -> ASGIApp:
    """Return orders and payments."""
    orders, payments = system_routes(service, "orders"), system_routes(service, "payments")
    orders.add_read("", "Show an order", lambda client, ident: client.get_order(ident))
    orders.add_read("/status", "Its status in short", lambda client, ident: client.get_status(ident))
    orders.add_read(
        "/delivery-estimate", "When it should arrive", lambda client, ident: client.get_delivery_estimate(ident)
    )
    payments.add_read("", "Show a payment", lambda client, ident: client.get_payment(ident))
    payments.add_call("", "Take a payment that a gateway captured", PaymentRequest, take_payment)
    return application(service, "Orders", orders, payments)


async def take_payment(client: PaymentsClient, _: Request, payment: PaymentRequest) -> Response:
    """Start a payment, each once, and return it as it is."""
    await client.start(payment)
    view = await client.get_payment(payment.payment_id)
    return JSONResponse(
        view.model_dump(mode="json"), 201, {"Location": f"/payments/{quote(payment.payment_id, safe='')}"}
    )
