"""The api's contract as a plain FastAPI service has it: one call of SQS per payload."""

import json
import os
import time
from datetime import datetime, timezone

import boto3
import uvicorn
from botocore.config import Config
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

config = Config(max_pool_connections=64, retries={"max_attempts": 5, "mode": "standard"})
sqs, ssm = boto3.client("sqs", config=config), boto3.client("ssm", config=config)
queue_url = os.environ["SQS_QUEUE_URL"]
app = FastAPI()
token, read_at = "", 0.0


class Data(BaseModel):
    email_subject: str
    email_sender: str
    email_timestream: int | str
    email_content: str


class Payload(BaseModel):
    data: Data
    token: str | None = None


def current_token() -> str:
    global token, read_at
    if time.monotonic() - read_at > 60 or not token:
        try:
            answer = ssm.get_parameter(Name=os.environ["SSM_TOKEN_PARAM"], WithDecryption=True)
        except Exception as error:
            raise HTTPException(500, "Failed to retrieve token") from error
        token, read_at = answer["Parameter"]["Value"], time.monotonic()
    return token


@app.get("/healthz")
def healthz():
    return {"status": "ok"}


@app.post("/ingest")
def ingest(payload: Payload):
    if not payload.token:
        raise HTTPException(401, "Token is required")
    if payload.token != current_token():
        raise HTTPException(403, "Invalid token")
    try:
        timestream = int(payload.data.email_timestream)
    except ValueError as error:
        raise HTTPException(400, "email_timestream must be a unix timestamp") from error
    received = datetime.now(timezone.utc).isoformat()
    message = payload.data.model_dump() | {"email_timestream": timestream, "received_at": received}
    try:
        sent = sqs.send_message(QueueUrl=queue_url, MessageBody=json.dumps(message))
    except Exception as error:
        raise HTTPException(500, "Failed to publish message") from error
    return {"status": "accepted", "message_id": sent["MessageId"], "received_at": received}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
