"""A consumer that handles one message after the other with boto3."""

import json
import os

import boto3

sqs, s3 = boto3.client("sqs"), boto3.client("s3")
queue_url, bucket = os.environ["SQS_QUEUE_URL"], os.environ["S3_BUCKET"]

while True:
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
    for message in answer.get("Messages", []):
        content = json.loads(message["Body"])
        day = content["received_at"][:10].replace("-", "/")
        key = f"emails/v1/local/{day}/{content['email_timestream']}_msgid={message['MessageId']}.json"
        try:
            s3.put_object(
                Bucket=bucket, Key=key, Body=message["Body"].encode(), ContentType="application/json", IfNoneMatch="*"
            )
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                print(error)
                continue
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
