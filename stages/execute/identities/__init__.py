"""Who requests are sent as: credentials, how they are obtained and renewed, and how they are kept out of what is shown.

Outside this stage a credential is a name and a mutation; its bytes exist only here.
"""
