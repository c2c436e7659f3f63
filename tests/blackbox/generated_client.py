"""Runs in the environment of a generated client, `client`, with the address of a service, an e-mail address and the file that
codes are printed to: everything that a person does, and a file back and forth."""
import io
import os
import pathlib
import re
import sys
import time

from client import AuthenticatedClient, Client
from client.api.auth import (login_access_token_api_v1_auth_login_post, refresh_access_token_api_v1_auth_refresh_token_post,
                             verify_verification_otp_api_v1_auth_verify_otp_post)
from client.api.users import (create_user_api_v1_users_post, download_user_file_api_v1_users_download_file_file_name_get,
                              list_user_files_api_v1_users_files_get, read_users_me_api_v1_users_profile_get,
                              upload_user_file_api_v1_users_upload_file_post)
from client.models import (BodyUploadUserFileApiV1UsersUploadFilePost, LoginRequest, RefreshTokenRequest, UserCreate,
                           VerifyOtpRequest)
from client.types import File

base, email, console = sys.argv[1:]
stranger = Client(base_url=base, raise_on_unexpected_status=True)

user = create_user_api_v1_users_post.sync(client=stranger, body=UserCreate(email, "secret123", full_name=None))
assert user.email == email and user.full_name is None and user.created_at.tzinfo
code = None
for _ in range(100):
    code = code or re.search(rf"code for {re.escape(email)}\D+(\d{{6}})", pathlib.Path(console).read_text())
    time.sleep(0 if code else 0.1)
verify_verification_otp_api_v1_auth_verify_otp_post.sync(client=stranger, body=VerifyOtpRequest(email, code[1]))
tokens = login_access_token_api_v1_auth_login_post.sync(client=stranger, body=LoginRequest(email, "secret123"))
fresh = refresh_access_token_api_v1_auth_refresh_token_post.sync(client=stranger,
                                                                 body=RefreshTokenRequest(tokens.refresh_token))
person = AuthenticatedClient(base_url=base, token=fresh.access_token, raise_on_unexpected_status=True)
assert read_users_me_api_v1_users_profile_get.sync(client=person).is_email_verified

content = os.urandom(3_000_000)
body = BodyUploadUserFileApiV1UsersUploadFilePost(file=File(io.BytesIO(content), "notes.bin", "application/octet-stream"))
upload_user_file_api_v1_users_upload_file_post.sync(client=person, body=body)
back = download_user_file_api_v1_users_download_file_file_name_get.sync_detailed("notes.bin", client=person)
assert back.content == content
assert [file.size for file in list_user_files_api_v1_users_files_get.sync(client=person).files] == [len(content)]
