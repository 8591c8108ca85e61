{{ version_index('transactions', key='transaction_id') }}
