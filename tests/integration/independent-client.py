"""Calls AWS by boto3 for a test in another language: a line of JSON comes in for each call, and one goes out with its answer."""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

clients = {}


def client_of(endpoint, request):
    key = json.dumps([request["service"], request["region"], request["credentials"], request["attempts"]])
    if key not in clients:
        retries = {"mode": "standard", "total_max_attempts": request["attempts"]}
        clients[key] = boto3.client(
            request["service"],
            region_name=request["region"],
            endpoint_url=endpoint,
            config=Config(retries=retries),
            **request["credentials"],
        )
    return clients[key]


def called(client, request):
    method, parameters = request["method"], request["parameters"]
    if not request["pages"]:
        return {"output": getattr(client, method)(**parameters)}
    return {"pages": list(client.get_paginator(method).paginate(**parameters))}


def answer(endpoint, request):
    try:
        return called(client_of(endpoint, request), request)
    except ClientError as error:
        return {"error": {"type": type(error).__name__, **error.response}}
    except BotoCoreError as error:
        return {"error": {"type": type(error).__name__, "message": str(error)}}


for line in sys.stdin:
    print(json.dumps(answer(sys.argv[1], json.loads(line)), default=str), flush=True)
